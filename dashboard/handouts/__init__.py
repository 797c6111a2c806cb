"""Handouts: a view or a lesson as one HTML file that needs no server and requests nothing.

`view` and `lesson` compute what a handout holds, `document` writes it, `download` offers it on the Explore page, and `command` on the
command line. The player is the app's own (`dashboard.player.source`); `handout.js` gives it the reels that the page holds.
"""
