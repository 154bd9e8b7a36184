"""One fact with all that it rests on, as one HTML file that checks itself."""
