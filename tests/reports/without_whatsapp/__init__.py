"""Reports that the API alone can show, with an owner that acts on the rows in place of a connector."""
