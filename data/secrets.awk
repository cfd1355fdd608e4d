# SPDX-License-Identifier: MIT
# Makes C of data/secrets, which says what its lines mean: awk -v part=rules (for the library) or part=samples (for tests).
function fail(message) {
  printf "%s:%d: %s\n", FILENAME, FNR, message > "/dev/stderr"
  failed = 1
  exit 1
}

# ---- text to C

# A backslash before each of these characters. (What gsub makes of backslashes depends on the awk.)
function escape(text, characters,    out, c, i) {
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    out = out (index(characters, c) ? "\\" : "") c
  }
  return out
}

function quote(text) { return "\"" escape(text, "\\\"") "\"" } # as it is: a pattern

function unescape(text,    out, c, i) { # with \n \r \t \s \\ \xHH in it: sets of characters and samples
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\"")
      c = "\\\""
    else if (c == "\\") {
      c = substr(text, ++i, 1)
      if (c == "x") {
        c = sprintf("\\%03o", hex(substr(text, i + 1, 1)) * 16 + hex(substr(text, i + 2, 1)))
        i += 2
      } else if (c == "s")
        c = " "
      else if (c == "n" || c == "r" || c == "t" || c == "\\")
        c = "\\" c
      else
        fail("unknown escape \\" c)
    }
    out = out c
  }
  return out
}

function hex(digit) { return index("0123456789abcdef", digit) - 1 }

function sample(text,    out, at) { # "" divides it
  while ((at = index(text, "\"\""))) {
    out = out "\"" unescape(substr(text, 1, at - 1)) "\" "
    text = substr(text, at + 2)
  }
  return out "\"" unescape(text) "\""
}

function expand(characters,    out, c, i) { # A-Z
  for (i = 1; i <= length(characters); i++) {
    c = substr(characters, i, 1)
    if (substr(characters, i + 1, 1) == "-" && i + 2 <= length(characters)) {
      i += 2
      c = substr(ascii, index(ascii, c), index(ascii, substr(characters, i, 1)) - index(ascii, c) + 1)
    }
    out = out c
  }
  return escape(out, "\\\"")
}

function constant(text) {
  text = toupper(text)
  gsub(/-/, "_", text)
  return text
}

# ---- forms

function alternatives(literal) {
  literal = escape(literal, "\\.$^*+?(){}[]")
  return index(literal, "|") ? "(" literal ")" : literal
}

# Its pieces as a regular expression; sets `keywords` and `more` where they are not given.
function compile_form(    piece, pieces, n, i, at, name, characters, pattern, all) {
  n = split(value["form"], pieces, " ")
  for (i = 1; i <= n; i++) {
    piece = pieces[i]
    if (piece !~ /[]a-z0-9][{][0-9]+(,[0-9]+)?[}]$/) {
      pattern = pattern alternatives(piece)
      if (!("keywords" in value))
        value["keywords"] = piece
      continue
    }
    at = match(piece, /[{][0-9,]+[}]$/)
    name = substr(piece, 1, at - 1)
    if (name !~ /^[[]/ && !(name in class))
      fail("there is no class " name)
    characters = name ~ /^[[]/ ? substr(name, 2, length(name) - 2) : class[name]
    all = all characters
    pattern = pattern "[" characters "]" substr(piece, at)
  }
  if (!("more" in value))
    value["more"] = index(all, "+/") ? "base64" : index(all, "_") || all ~ /-$/ ? "urlsafe" : "alnum"
  return pattern
}

function compile_more(    words, n, i, out) {
  n = split(value["more"], words, " ")
  for (i = 1; i <= n; i++)
    out = out (words[i] in class ? expand(class[words[i]] further[words[i]]) : unescape(words[i]))
  return "\"" out "\""
}

# For each letter, bits for the letters that are frequent behind it.
function pairs_of_letters(    letters, i, k, bits) {
  letters = "abcdefghijklmnopqrstuvwxyz"
  print "\nconst uint32_t vprod__scan_pairs[26] = {"
  for (i = 1; i <= 26; i++) {
    bits = 0
    for (k = 1; k <= 26; k++)
      if ((substr(letters, i, 1) substr(letters, k, 1)) in pair)
        bits += 2 ^ (k - 1)
    printf "  %d,\n", bits
  }
  print "};"
}

# ---- a rule

function field(name, text) {
  printf "    .%s = %s,\n", name, text
}

function numbers(    words, n, i) {
  n = split(value["value"], words, " ")
  for (i = 1; i < n; i += 2) {
    if (words[i] !~ /^(entropy|least|most)$/ || words[i + 1] !~ /^[0-9]+(\.[0-9]+)?$/)
      fail("of a value, entropy, least and most can be said, each with a number")
    field(words[i], words[i + 1])
  }
}

function end_rule(    pattern) {
  if (id == "")
    return
  if (!n_found)
    fail(id " has no sample that is found")
  if (("form" in value) + ("pattern" in value) + ("assignment" in value) != 1)
    fail(id " has not one of form, pattern and assignment")
  pattern = "form" in value ? compile_form() : value["pattern"]
  if ("named" in value) {
    pattern = "(?i)" value["named"] "[\"']?\\s{0,4}[:=]\\s{0,4}[\"']?" pattern
    value["after"] = "\\s:=\"'"
  }
  if (!("keywords" in value))
    fail(id " has no keywords")
  if (part == "rules") {
    printf "  {\n    .id = \"%s\",\n    .description = %s,\n", id, quote(description)
    field("keywords", "\"" unescape(value["keywords"]) "\"")
    if (pattern != "")
      field("pattern", quote(pattern))
    if ("more" in value && value["more"] != "none")
      field("more", compile_more())
    if ("stop" in value)
      field("stop", "\"" unescape(value["stop"]) "\"")
    if ("after" in value)
      field("value", "\"" unescape(value["after"]) "\"")
    if ("files" in value)
      field("files", quote(value["files"]))
    if ("short-in" in value)
      field("short_in", quote(value["short-in"]))
    if ("before" in value)
      field("before", quote(value["before"]))
    if ("never" in value)
      field("never", quote(value["never"]))
    if ("says" in value)
      field("says", quote(value["says"]))
    if ("unless-says" in value)
      field("unless_says", quote(value["unless-says"]))
    if ("near" in value)
      field("near", quote(value["near"]))
    if ("unless-near" in value)
      field("unless_near", quote(value["unless-near"]))
    if ("made" in value)
      field("is_made", 1)
    if ("entries" in value)
      field("has_entries", 1)
    if ("where" in value) {
      if (!(value["where"] in where))
        fail("no such place: " value["where"])
      field("where", where[value["where"]])
    }
    if ("assignment" in value)
      field("is_assignment", 1)
    if ("any-before" in value)
      field("any_before", 1)
    numbers()
    print "  },"
  }
  split("", value)
  id = ""
}

BEGIN {
  for (i = 32; i < 127; i++)
    ascii = ascii sprintf("%c", i)
  where["settings"] = "VPROD__SCAN_SETTINGS"
  where["own"] = "VPROD__SCAN_OWN"
  where["no-example"] = "VPROD__SCAN_NO_EXAMPLE"
  known = " form named pattern assignment keywords more stop after value files short-in before never where any-before" \
    " says unless-says near unless-near made entries "
  print "/* Made of data/secrets by data/secrets.awk. */"
  print "#include \"scan/inside.h\"\n"
  if (part == "samples")
    print "#include \"secret_samples.h\"\n\nconst struct secret_sample secret_samples[] = {"
  else
    print "const struct vprod__scan_rule vprod__scan_rules[] = {"
}

/^#/ || /^$/ { next }

$1 == "class" {
  class[$2] = $3
  further[$2] = $4
  next
}

$1 == "never" && id == "" {
  all_never = all_never "  " quote($2) ",\n"
  next
}

$1 == "words" && id == "" {
  list = $2
  sub(/:$/, "", list)
  gsub(/-/, "_", list)
  for (i = 3; i <= NF; i++)
    all_words[list] = all_words[list] "  " quote($i) ",\n"
  next
}

$1 == "pairs" && id == "" {
  for (i = 2; i <= NF; i++)
    pair[$i] = 1
  next
}

/^(name|begin|within|word) [a-z -]+: / && id == "" {
  n = split(substr($0, 1, index($0, ":") - 1), kinds, " ")
  bits = ""
  for (i = 2; i <= n; i++)
    bits = bits (i > 2 ? " | " : "") constant("VPROD__SCAN_KIND_" kinds[i])
  m = split(substr($0, index($0, ":") + 1), patterns, " ")
  for (i = 1; i <= m; i++)
    all_kinds[kinds[1]] = all_kinds[kinds[1]] "  { " quote(patterns[i]) ", " bits " },\n"
  next
}

/^[a-z0-9-]+: / {
  end_rule()
  id = substr($1, 1, length($1) - 1)
  description = substr($0, length($1) + 2)
  if (id in ids)
    fail("there is a rule " id " already")
  ids[id] = 1
  n_found = 0
  next
}

/^  / && id != "" {
  text = substr($0, 3 + length($1))
  sub(/^ +/, "", text)
  if ($1 == "found" || $1 == "not") {
    n_found += $1 == "found"
    if (part == "samples")
      printf "  { \"%s\", %d,\n    %s },\n", id, ($1 == "found"), sample(text)
  } else if (index(known, " " $1 " ") && !($1 in value))
    value[$1] = text
  else
    fail("unknown, or said twice: " $1)
  next
}

{ fail("this is no line of a rule") }

END {
  if (failed)
    exit 1
  end_rule()
  if (part == "samples")
    print "  { NULL, 0, NULL },\n};"
  else {
    printf "  { .id = NULL },\n};\n\nconst char *const vprod__scan_never[] = {\n%s  NULL,\n};\n", all_never
    n = split("name begin within word", matches, " ")
    for (i = 1; i <= n; i++) {
      printf "\nstatic const struct vprod__scan_kind by_%s[] = {\n%s  { NULL, 0 },\n};\n", matches[i], all_kinds[matches[i]]
      lists = lists "  [" constant("VPROD__SCAN_" matches[i]) "] = by_" matches[i] ",\n"
    }
    printf "\nconst struct vprod__scan_kind *const vprod__scan_kinds[] = {\n%s};\n", lists
    n = split("about harmless ending last key_kind no_key behind doing common pretend filler", matches, " ")
    for (i = 1; i <= n; i++)
      printf "\nconst char *const vprod__scan_words_%s[] = {\n%s  NULL,\n};\n", matches[i], all_words[matches[i]]
    pairs_of_letters()
  }
}
