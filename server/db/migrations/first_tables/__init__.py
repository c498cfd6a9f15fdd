"""What revision 0001 creates, a file per group of tables; never edited afterwards."""
