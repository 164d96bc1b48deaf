"""Pages for people: what the API tells, as HTML that needs no script. They ask the API's handlers, and keep nothing."""
