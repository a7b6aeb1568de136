"""Licences, known vulnerabilities and bills of materials of what is deployed."""
