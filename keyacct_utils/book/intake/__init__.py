"""Files of any make into checked tables: settings, reading, parsing, checking."""
