"""Pages for people: what the API tells, as HTML that needs no script. A page asks the API's handlers, and keeps nothing itself."""
