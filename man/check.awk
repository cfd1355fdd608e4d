# SPDX-License-Identifier: MIT
# Makes the manual page of a check, verify-prod-ID(7), of the words that its check.c has for `verify-prod explain`: a template
# in which data/options.awk then writes the check's options.
#
#   awk -f man/check.awk src/checks/my_check/check.c

# The texts between quotes in a line, put together.
function quoted_in(line,   text, part) {
  while (match(line, /"([^"\\]|\\.)*"/)) {
    part = substr(line, RSTART + 1, RLENGTH - 2)
    gsub(/\\"/, "\"", part)
    text = text part
    line = substr(line, RSTART + RLENGTH)
  }
  return text
}

/^    \.(id|title|what|why|remedy) = / {
  field = $1
  sub(/^\./, "", field)
}

field != "" {
  words[field] = words[field] quoted_in($0)
  if ($0 ~ /",$/)
    field = ""
}

function fail(why) {
  print FILENAME ": " why >"/dev/stderr"
  failed = 1
  exit 1
}

# In lines of mdoc's usual length. Code stands between backticks.
function print_folded(text,   part, parts, i, line) {
  gsub(/\\\\/, "\\e", text)
  parts = split(text, part, " ")
  for (i = 1; i <= parts; i++) {
    if (line != "" && length(line " " part[i]) > 80) {
      print line
      line = ""
    }
    if (line == "" && part[i] ~ /^[.']/)
      part[i] = "\\&" part[i]
    # a sentence ends a line, as mdoc wants it
    line = line (line == "" ? "" : " ") part[i]
    if (part[i] ~ /[.]$/ && (i == parts || part[i + 1] ~ /^[A-Z`(]/)) {
      print line
      line = ""
    }
  }
  if (line != "")
    print line
}

END {
  if (failed)
    exit 1
  if (words["id"] == "" || words["title"] == "" || words["what"] == "" || words["why"] == "" || words["remedy"] == "")
    fail("it does not say id, title, what, why and remedy")
  title = words["title"]
  print ".\\\" Made of the check's own words by man/check.awk."
  print ".Dd November 29, 2026"
  print ".Dt VERIFY-PROD-" toupper(words["id"]) " 7"
  print ".Os"
  print ".Sh NAME"
  print ".Nm verify-prod-" words["id"]
  print ".Nd " tolower(substr(title, 1, 1)) substr(title, 2)
  print ".Sh DESCRIPTION"
  print_folded(words["what"])
  print ".Pp"
  print_folded(words["why"])
  print ".Ss What to do where it fails"
  print_folded(words["remedy"])
  print ".Ss Options"
  print "They stand below"
  print ".Cm checks." words["id"]
  print "in"
  print ".Xr verify-prod.yaml 5 :"
  print ".Bl -tag -width Ds"
  print "@options checks." words["id"]
  print ".El"
  print ".Sh SEE ALSO"
  print ".Xr verify-prod 1 ,"
  print ".Xr vprod_check 3 ,"
  print ".Xr verify-prod.yaml 5"
}
