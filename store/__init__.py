"""Questions to the tables: a session in, plain values out; the caller owns the commit."""
