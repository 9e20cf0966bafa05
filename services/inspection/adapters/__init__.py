"""MongoDB, files and the calendar library behind the application's ports."""
