"""Handouts: a view or a lesson as one HTML file that needs no server and requests nothing.

`view` and `lesson` compute the content of a handout, and `document` writes it. `download` offers it on the Explore page, `command` on the
command line. The player is the app's own (`dashboard.player.source`); `handout.js` passes it the reels (encoded pictures) that the page
contains.
"""
