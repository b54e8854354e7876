"""From a file's bytes to a person: formats, phones, names, identity, households, quality."""
