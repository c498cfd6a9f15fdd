"""What the organizer's desk says, a file for what each page or card is about. Without Qt."""
