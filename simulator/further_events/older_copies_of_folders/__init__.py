"""An evening on which folders of gates and tills are put back, or at work twice."""
