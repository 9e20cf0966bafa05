"""What notification decides by itself: who is alerted of what, and what may be done with an alert. No I/O, no clock."""
