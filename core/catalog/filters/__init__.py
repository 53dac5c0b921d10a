"""The filter language: what a person may say about pictures, read into a tree, and the tree into SQL with parameters.

    artist = "Mark Rothko" and width >= 640
    style in (Minimalism, "Color Field Painting") and not excluded
    wave or (title ~ mountain and year between 1830 and 1835)
    licence is unknown or bytes > 2mb

= is letter for letter; ~ looks inside, without case and accents; words without a field are looked for everywhere.
`core.catalog.filters.fields` lists what can be asked. Nothing that a person writes becomes SQL: names are looked up in
that list, values travel as parameters.
"""
