"""The read side: every report is a function of the events, counted once and asked for at an instant."""
