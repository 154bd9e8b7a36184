"""Training and certification: sessions, attendance, exams, and who holds which certificate."""
