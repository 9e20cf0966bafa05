"""What notification does when events and people ask it to: reactions, commands and questions, over declared ports."""
