"""The practice's calendar: appointments, free slots, and receipts for what was written."""
