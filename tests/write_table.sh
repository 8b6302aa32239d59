# write_table PAGE SCRIPT [ARGUMENT...]: what the script prints takes the place of all behind the line of the page that names
# it. Exits as the script does.
write_table() {
  local page=$1 status=0
  shift
  bash "$@" >build/rows.md || status=$?
  { sed '/^<!-- printed by/q' "$page" && echo && cat build/rows.md; } >build/page.md
  mv build/page.md "$page"
  cat build/rows.md
  exit $status
}
