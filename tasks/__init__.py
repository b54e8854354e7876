"""One effect each; flows reach the world only through these."""
