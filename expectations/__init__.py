"""What clean looks like: one suite a kind of list, one judge."""
