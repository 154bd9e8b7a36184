"""HTTP of the pages where people work: reads show a page, writes call a service and redirect.

A form that is refused is shown again as it was typed, with the reason at its field or on top. Every
form carries the version that was read and a key of its own: what is sent twice happens once.
"""
