"""Texts of SQL statements, as somebody wrote them or as the server keeps them: taken apart, laid out, judged. Pure."""
