"""Values in, files out: workbook, PDF, FEC files, charts."""
