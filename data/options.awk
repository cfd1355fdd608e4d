# SPDX-License-Identifier: MIT
# What is made of data/options when the project is built, by any awk:
#   awk -v make=table -f data/options.awk data/options     C: the rows that src/spec/keys.h describes
#   awk -v make=schema -f data/options.awk data/options    the JSON Schema of verify-prod.yaml
#   … -v of=rules … data/rule-options                      the same of a file of rules
#   awk -f data/options.awk data/options FILE.in           a man page or completion: FILE.in with lines in place of
#                                                          "@options SECTION" (items of mdoc) and "@words SHELL" (for --set);
#                                                          of data/rule-options, of "@rules SECTION"

function fail(why) {
  print FILENAME ":" FNR ": " why > "/dev/stderr"
  failed = 1
  exit 1
}

# ---- reading ----------------------------------------------------------------------------------------------------------

function is_section(option) {
  return data[option, "type"] ~ /^(section|check|services|secrets|steps)$/
}

# Has it many of what "*" below it describes?
function has_items(option) {
  return data[option, "type"] ~ /^(services|secrets|steps)$/
}

# What an entry must have; called at its end.
function check_entry() {
  if (kind != "option")
    return
  if (!(data[entry, "type"] in c_kinds))
    fail("no type is called \"" data[entry, "type"] "\"")
  if (parent[entry] != "none" && !(parent[entry] in parent))
    fail(entry " comes before its section")
  if (data[entry, "help"] !~ /\.$/)
    fail(entry " has no sentence of help")
  if (!is_section(entry) && (data[entry, "default"] == "") == (data[entry, "without"] == ""))
    fail(entry " needs either default or without")
  if (data[entry, "type"] ~ /^(numbers?|decimal)$/ && data[entry, "range"] == "")
    fail(entry " needs a range")
  if (has_items(entry) && data[entry, "struct"] == "")
    fail(entry " needs a struct")
}

# Adds an option, in its order.
function add(option) {
  order[++count] = option
  parent[option] = match(option, /\.[^.]*$/) ? substr(option, 1, RSTART - 1) : option == "" ? "none" : ""
}

# A section that is like another has the options of that one, too.
function add_alike(   old, n, i, k, option, whole, alike, f) {
  n = count
  for (i = 1; i <= n; i++)
    old[i] = order[i]
  count = 0
  for (i = 1; i <= n; i++) {
    add(old[i])
    if (!(alike = data[old[i], "like"]))
      continue
    for (k = 1; k <= n; k++)
      if (index(old[k], alike ".") == 1) {
        option = old[i] substr(old[k], length(alike) + 1)
        add(option)
        for (f in fields)
          if ((old[k], f) in data)
            data[option, f] = data[old[k], f]
      }
    if (data[alike, "schema"])
      data[old[i], "schema"] = data[alike, "schema"]
  }
}

BEGIN {
  # each type with its kind in src/spec/keys.h and the C type of its field
  rows = split("section SECTION -|check CHECK int|services NAMED -|secrets NAMED -|steps STEPS -|strings STRINGS char **|" \
                "text TEXT char *|signal SIGNAL char *|word CHOICE int|boolean BOOL int|number INT int|numbers INTS int *|" \
                "decimal DECIMAL double|duration DURATION int64_t|size SIZE int64_t|list LIST char **|command LIST char **|" \
                "commands COMMANDS char ***", row, "|")
  for (i = 1; i <= rows; i++) {
    split(row[i], word, " ")
    c_kinds[word[1]] = word[2]
    c_types[word[1]] = substr(row[i], length(word[1] word[2]) + 3)
  }
}

NR != FNR { if (!whole++) finish(); template(); next }
/^#/ { next }
/^$/ { check_entry(); kind = field = ""; next }
/^ / {
  if (field == "")
    fail("there is no line to continue")
  data[entry, field] = data[entry, field] (field == "manual" ? "\n" : " ") substr($0, 2)
  next
}
{
  if (!match($0, /^[a-z]+:/))
    fail("this is no FIELD: VALUE")
  field = substr($0, 1, RLENGTH - 1)
  value = substr($0, RLENGTH + 1)
  sub(/^ +/, "", value)
  if (kind == "") {
    kind = field
    entry = kind == "form" ? "form " value : value
    if ((entry, kind) in data)
      fail(value " is there twice")
    if (kind == "option")
      add(entry)
  }
  data[entry, field] = value
  fields[field]
}

# The last name of an option.
function name(option) {
  sub(/.*\./, "", option)
  return option
}

# A string of C or of JSON.
function quoted(text) {
  gsub(/["\\]/, "\\\\&", text)
  return "\"" text "\""
}

# A range's end: 1 or 2.
function range(option, end,   ends) {
  split(data[option, "range"], ends, /\.\./)
  return ends[end]
}

# ---- the table --------------------------------------------------------------------------------------------------------

# ", .member = value", or nothing for an empty value.
function member(what, value) {
  return value == "" ? "" : ", ." what " = " value
}

function string_member(what, value) {
  return value == "" ? "" : member(what, quoted(value))
}

# The C structure that an option's field is in.
function structure(option) {
  return match(option, /^.*\.\*/) ? data[substr(option, 1, RLENGTH - 2), "struct"] : of == "rules" ? "vprod__rules_file" : "vprod_spec"
}

function at(option, c_type, field) {
  return "VPROD__SPEC_AT (struct " structure(option) ", " c_type ", " field ")"
}

function offset(option, c_type,   field, last) {
  if (has_items(option)) {
    last = field = field_name(option)
    sub(/[a-z_]*$/, "", field)
    sub(/.*\./, "", last)
    c_type = "struct " data[option, "struct"]
    return member("offset", at(option, c_type " *", field last)) member("count", at(option, "size_t", field "n_" last)) \
           member("size", "sizeof (" c_type ")")
  }
  if (data[option, "type"] == "section" && data[option, "flags"] ~ /mark/)
    c_type = "int"
  if (data[option, "absolute"])
    return member("offset", at(option, c_type, field_name(option))) member("absolute", at(option, c_type, data[option, "absolute"]))
  return c_type == "-" ? "" : member("offset", at(option, c_type, field_name(option)))
}

function field_name(option,   field) {
  field = data[option, "field"]
  if (field == "") {
    field = option
    sub(/^.*\*\./, "", field)
    gsub(/-/, "_", field)
  }
  if (data[option, "type"] == "check")
    field = field ".off"
  if (data[option, "type"] == "duration")
    field = field "_ms"
  return field
}

function limits(option) {
  if (data[option, "type"] ~ /^(numbers?|decimal|steps)$/)
    return member("minimum", range(option, 1)) member("maximum", range(option, 2))
  if (data[option, "type"] != "duration")
    return ""
  return member("minimum", data[option, "range"] ? range(option, 1) * 1000 : 1) \
         member("maximum", data[option, "range"] ? range(option, 2) * 1000 : 86400000)
}

function word_list(option,   list) {
  if (!(list = data[option, "words"]))
    return ""
  gsub(/ /, "\", \"", list)
  return member("words", "(const char *const[]) { \"" list "\", NULL }")
}

function flags(option,   list) {
  list = data[option, "flags"] (data[option, "type"] == "command" ? " command" : "")
  sub(/^ /, "", list)
  gsub(/ +/, " ", list)
  gsub(/-/, "_", list)
  gsub(/ /, " | VPROD__SPEC_", list)
  return list == "" ? "" : member("flags", "VPROD__SPEC_" toupper(list))
}

function print_table(   i, option, type, c_kind, c_type, form) {
  print "/* Made of data/" (of == "rules" ? "rule-options" : "options") " by data/options.awk. */\n#include \"spec/keys.h\""
  print (of == "rules" ? "#include \"spec/rules.h\"\n" : "") "\nconst struct vprod__spec_key vprod__" \
        (of == "rules" ? "rule" : "spec") "_keys[] = {"
  for (i = 1; i <= count; i++) {
    option = order[i]
    type = data[option, "type"]
    c_kind = c_kinds[type]
    c_type = c_types[type]
    if (type == "number" && range(option, 2) > 2147483647) {
      c_kind = "INT64"
      c_type = "int64_t"
    }
    form = data[option, "form"]
    if (form && !(("form " form, "form") in data))
      fail(option ": there is no form \"" form "\"")
    print "  { .info = { .size = sizeof (vprod_spec_key_info), .path = " quoted(option) member("type", quoted(type)) \
          member("help", quoted(data[option, "help"])) string_member("default_value", data[option, "default"]) \
          string_member("without", data[option, "without"]) string_member("example", data[option, "example"]) \
          limits(option) word_list(option) string_member("instead_of", data[option, "instead"]) " }, .kind = VPROD__SPEC_" c_kind offset(option, c_type) \
          member("none", data[option, "none"]) (form ? ", .check = vprod__spec_check_" form : "") \
          string_member("shorthand", data[option, "short"]) string_member("truth", data[option, "truth"]) flags(option) " },"
  }
  print "  { .info = { .path = NULL } },\n};"
  if (of != "rules")
    print "\nconst size_t vprod__spec_n_keys = sizeof vprod__spec_keys / sizeof vprod__spec_keys[0] - 1;"
}

# ---- the schema -------------------------------------------------------------------------------------------------------

function json_default(option,   text) {
  text = data[option, "default"]
  return text == "" ? "" : ", \"default\": " (data[option, "type"] ~ /^(numbers?|decimal|boolean)$/ || text == "false" ? text : quoted(text))
}

# The members of a text, or of each text in a list.
function json_form(option,   form) {
  form = data[option, "form"] ? ", " data["form " data[option, "form"], "schema"] : ""
  return (data[option, "flags"] ~ /may-be-empty/ ? "" : ", \"minLength\": 1") form
}

function json_range(option) {
  return "\"minimum\": " range(option, 1) ", \"maximum\": " range(option, 2)
}

function json_value(option,   type, scalar, form) {
  type = data[option, "type"]
  scalar = data["form " data[option, "form"], "scalar"]
  scalar = scalar ? scalar : "\"string\", \"number\", \"boolean\""
  form = json_form(option)
  if (type == "text")
    return ", \"type\": [" scalar "]" form
  if (type == "list")
    return ", \"type\": [\"array\", " scalar "], \"items\": {\"type\": [" scalar "]" form "}" form \
           (data[option, "flags"] ~ /not-empty/ ? ", \"minItems\": 1" : "")
  if (type == "command")
    return ", \"type\": \"array\", \"items\": {\"type\": [" scalar "]}"
  if (type == "commands")
    return ", \"type\": \"array\", \"items\": {\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": [" scalar "]}}"
  if (type == "strings")
    return ", \"type\": [\"object\", \"null\"], \"propertyNames\": {" \
           data["form " (data[option, "form"] ? data[option, "form"] : "variable"), "schema"] "}" \
           ", \"additionalProperties\": {\"type\": [\"string\", \"number\", \"boolean\", \"null\"]}"
  if (type == "number")
    return ", \"type\": \"integer\", " json_range(option)
  if (type == "decimal")
    return ", \"type\": \"number\", " json_range(option)
  if (type == "numbers")
    return ", \"type\": [\"integer\", \"array\"], " json_range(option) ", \"minItems\": 1, \"items\": {\"type\": \"integer\", " \
           json_range(option) "}"
  if (type == "size")
    return ", \"type\": \"string\", \"pattern\": \"^[0-9]+(\\\\.[0-9]+)? ?(B|kB|MB|GB|KiB|MiB|GiB)$\""
  if (type == "boolean")
    return ", \"type\": \"boolean\""
  if (type == "signal")
    return ", \"type\": [\"string\", \"integer\"], \"minimum\": 1, \"maximum\": 64, \"minLength\": 1"
  if (type == "duration")
    return ", \"type\": [\"string\", \"number\"], \"pattern\": " \
           "\"^[0-9]+(\\\\.[0-9]+)?$|^([0-9]+(\\\\.[0-9]+)?(ms|s|m|h))+$\", \"minimum\": " \
           (data[option, "range"] ? range(option, 1) : "0.001") ", \"maximum\": " (data[option, "range"] ? range(option, 2) : 86400)
  # a word
  scalar = "\"" data[option, "words"] "\""
  gsub(/ /, "\", \"", scalar)
  sub(/"false"/, "false, true", scalar)
  return ", \"enum\": [" scalar "]"
}

# An option's schema; those of the options below it stand on lines of their own.
function json(option, pad, plain,   i, type, text, below) {
  type = data[option, "type"]
  text = data[option, "help"] (data[option, "without"] ? " Default: " data[option, "without"] "." : "") \
         (type == "check" ? " `false` leaves the check out." : "")
  text = "{" (option == "" ? "\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"title\": \"" (of == "rules" ? "rules of secrets" : "verify-prod.yaml") "\", " : "") \
         "\"description\": " quoted(text)
  if (!is_section(option))
    return text json_value(option) json_default(option) \
           (type == "text" && data[option, "example"] ? ", \"examples\": [" quoted(data[option, "example"]) "]" : "") "}"
  if (data[option, "type"] == "steps" && data[option, "flags"] ~ /alone/ && !plain)
    return text ", \"anyOf\": [" json(option, pad, 1) ", " json(option ".*", pad) "]}"
  if (data[option, "type"] == "steps")
    return (plain ? "{" : text ", ") "\"type\": [\"array\", \"null\"], \"maxItems\": " \
           (data[option, "range"] ? range(option, 2) : 32) ", \"items\": " json(option ".*", pad) "}"
  if (data[option, "short"] && !plain)
    return text ", \"anyOf\": [{" substr(json_value(option "." data[option, "short"]), 3) "}, " json(option, pad, 1) "]}"
  if (data[option, "schema"])
    text = text ", " data[option, "schema"]
  if (data[option, "schema"] !~ /"type":/)
    text = text ", \"type\": [\"object\", " (type == "check" ? "\"boolean\", " : "") "\"null\"]"
  if (has_items(option))
    return text ", \"additionalProperties\": " json(option ".*", pad) "}"
  for (i = 1; i <= count; i++)
    if (parent[order[i]] == option)
      below = below (below ? ",\n" : "") pad "  " quoted(name(order[i])) ": " json(order[i], pad "  ")
  return text ", \"additionalProperties\": false, \"properties\": {\n" below "\n" pad "}}"
}

# ---- templates --------------------------------------------------------------------------------------------------------

# A paragraph in lines of mdoc's usual length.
function print_folded(text,   part, parts, i, line) {
  parts = split(text, part, " ")
  for (i = 1; i <= parts; i++) {
    if (line != "" && length(line " " part[i]) > 80) {
      print line
      line = ""
    }
    if (line == "" && part[i] ~ /^[.']/)
      part[i] = "\\&" part[i]
    line = line (line == "" ? "" : " ") part[i]
  }
  print line
}

function print_item(option,   word, words, i) {
  print ".It Cm " name(option) " : Ar " data[option, "type"]
  print_folded(data[option, "help"])
  words = split(data[option, "words"], word, " ")
  for (i = 1; i <= words; i++)
    print (i == 1 ? "One of\n" : "") ".Li " word[i] (i < words - 1 ? " ," : i < words ? "\nand" : " .")
  if (data[option, "manual"])
    print substr(data[option, "manual"], 2)
  if (data[option, "type"] ~ /^(numbers?|decimal)$/)
    print (range(option, 1) == range(option, 2) ? "Must be " range(option, 1) "." : "From " range(option, 1) " to " range(option, 2) ".")
  if (data[option, "without"])
    print_folded("Default: " data[option, "without"] ".")
  else if (range(option, 1) == "" || range(option, 1) != range(option, 2))
    print "Default:\n.Li " data[option, "default"] " ."
}

# What --set takes: an equals sign follows, or a name.
function print_words(shell,   i, option, help, line) {
  for (i = 1; i <= count; i++) {
    option = order[i]
    if (data[option, "type"] == "section" || option ~ /\*/)
      continue
    option = option (data[option, "type"] ~ /^(services|secrets|strings)$/ ? "." : "=")
    help = data[order[i], "help"]
    sub(/\.$/, "", help)
    gsub(/'/, shell == "fish" ? "\\'" : "'\\''", help)
    if (shell == "zsh")
      print "    '" option ":" help "'"
    else if (shell == "fish")
      print "    echo '" option "'\\t'" help "'"
    else if (length(line " " option) > 110) {
      print " " line
      line = " " option
    } else
      line = line " " option
  }
  if (line)
    print " " line
}

function template(   i, some) {
  if ($1 == "@words")
    print_words($2)
  else if ($1 != (of == "rules" ? "@rules" : "@options"))
    print
  else {
    for (i = 1; i <= count; i++)
      if (parent[order[i]] == $2 "" && !is_section(order[i])) {
        print_item(order[i])
        some = 1
      }
    if (!some)
      fail("no option stands in \"" $2 "\"")
  }
}

# The data are whole.
function finish() {
  check_entry()
  kind = ""
  add_alike()
}

END {
  if (failed)
    exit 1
  if (!whole)
    finish()
  if (make == "table")
    print_table()
  if (make == "schema")
    print json("", "")
}
