"""What each page shows, as frozen data: testable without HTML, and no template can run a query."""
