"""The table of cases, a family per file; `op_cases` puts it together."""
