"""HTML pages: checkout, 3-D Secure, invoices, the portal, and the dashboard."""
