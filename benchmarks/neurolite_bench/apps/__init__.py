"""What apps answer and measure, held against Python: texts in many scripts, and the report of a benchmark screen."""
