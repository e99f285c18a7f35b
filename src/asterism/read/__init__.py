"""Files and data frames become a table of texts and metadata; vectors that users already have."""
