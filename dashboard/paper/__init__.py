"""The report on the paper's figures: charts without scripts, one HTML file, and a CSV file for each figure."""
