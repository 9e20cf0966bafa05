"""Who calls and what they may: principals, grants, declarations, tokens. Import from the modules."""
