"""Who may come in, as far as it can be told without the database: JWT, and how often one may ask.

No Starlette and no SQL here: `gateway.access` joins the two.
"""
