"""Who is the person behind a row? Never by a name alone, never by a blank or a shared value."""
