"""The law as dated data: tables with dates of effect, citation and confidence in each row.

Belongs here: figures and days that a law or an authority sets. Does not belong here: code.
`confidence` is `sure` (read in the source), `agreeing` (several secondary sources agree),
`second-hand` or `memory`; a lawyer reads the table before it is relied upon.
"""
