"""How the portal is called: HTTP."""
