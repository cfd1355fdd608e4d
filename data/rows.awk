# SPDX-License-Identifier: MIT
# Turns a table of this folder into the rows of a C array, which a file of src includes between its braces:
#   { .name = "tini", .kinds = VPROD__PROGRAM_INIT },
#
# In a table, a line that begins with a blank goes on the one before; "#" begins a comment line. The others are rows, or:
#   %column NAME TYPE [PREFIX]   a column is a member of the C struct; its type is one of
#       text     a word, or a string in double quotes as C has it
#       number   as it stands
#       word     an enumerator, written in lower case without its PREFIX: no-user → VPROD__REFUSAL_NO_USER
#       words    several of them with commas between, or-ed
#       prose    the rest of the row, without quotes
#       sample   the same, for the unit test alone: VPROD__SAMPLE (.sample = …)
#   %row NAME...                 which columns the rows that follow have, in this order
#   %set NAME VALUE              what a column is in all rows that follow
# A field "-" is none; those at the end of a row may be left out. A column that no %row names is written NAME=VALUE.
# POSIX awk: no gensub, no length of an array, no character classes.

function die (what) {
  print FILENAME ":" number ": " what > "/dev/stderr"
  failed = 1
  exit 1
}

function quoted (text,    i, c, out) {
  for (i = 1; i <= length (text); i++) {
    c = substr (text, i, 1)
    out = out (c == "\"" || c == "\\" ? "\\" c : c)
  }
  return "\"" out "\""
}

function enumerator (prefix, word) {
  word = toupper (word)
  gsub (/-/, "_", word)
  return prefix word
}

# Takes the next field off `rest`; "" at its end.
function next_field (    i, field) {
  sub (/^[ \t]+/, "", rest)
  if (substr (rest, 1, 1) != "\"") {
    match (rest, /^[^ \t]*/)
    field = substr (rest, 1, RLENGTH)
    rest = substr (rest, RLENGTH + 1)
    return field
  }
  for (i = 2; i <= length (rest) && substr (rest, i, 1) != "\""; i++)
    if (substr (rest, i, 1) == "\\")
      i++
  if (i > length (rest))
    die("a string without its end")
  field = substr (rest, 1, i)
  rest = substr (rest, i + 1)
  return field
}

function member (name, field,    n, i, list, value) {
  if (!(name in type))
    die("no such column: " name)
  if (type[name] == "words") {
    n = split (field, list, ",")
    for (i = 1; i <= n; i++)
      value = value (i > 1 ? " | " : "") enumerator(prefix[name], list[i])
  }
  else if (type[name] == "word")
    value = enumerator(prefix[name], field)
  else if (type[name] == "number")
    value = field
  else if (type[name] == "text" && substr (field, 1, 1) == "\"")
    value = field
  else
    value = quoted(field)
  value = "." name " = " value
  return type[name] == "sample" ? "VPROD__SAMPLE (" value ") " : value ", "
}

function row (    i, name, field, out) {
  for (i = 1; i <= n_columns; i++) {
    name = columns[i]
    if (type[name] == "prose" || type[name] == "sample") {
      sub (/^[ \t]+/, "", rest)
      field = rest
      rest = ""
    }
    else
      field = next_field()
    if (field != "" && field != "-")
      out = out member(name, field)
  }
  while ((name = next_field()) != "") {
    if ((i = index (name, "=")) == 0)
      die("one field too many: " name)
    field = substr (name, i + 1)
    name = substr (name, 1, i - 1)
    if (substr (field, 1, 1) == "\"") { # the quotes may have blanks between
      rest = field rest
      field = next_field()
    }
    out = out member(name, field)
  }
  for (i = 1; i <= n_set; i++)
    out = out member(set_name[i], set_value[i])
  print "{ " out "},"
}

function directive (    word, name, i) {
  word = next_field()
  name = next_field()
  if (word == "%column") {
    type[name] = next_field()
    prefix[name] = next_field()
    if (type[name] !~ /^(text|number|word|words|prose|sample)$/)
      die("no such type: " type[name])
  }
  else if (word == "%row")
    for (n_columns = 0; name != ""; name = next_field())
      columns[++n_columns] = name
  else if (word == "%set") {
    for (i = 1; i <= n_set && set_name[i] != name; i++)
      ;
    if (i > n_set)
      n_set = i
    set_name[i] = name
    set_value[i] = next_field()
  }
  else
    die("no such directive: " word)
}

function line_done () {
  if (rest ~ /^%/)
    directive()
  else if (rest != "")
    row()
  rest = ""
}

BEGIN { print "/* made of a table of data/ by data/rows.awk */" }
/^#/ || /^[ \t]*$/ { next }
/^[ \t]/ {
  sub (/^[ \t]+/, "")
  rest = rest " " $0
  next
}
{
  line_done()
  number = FNR
  rest = $0
}
END {
  if (!failed)
    line_done()
}
