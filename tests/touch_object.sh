#!/bin/sh
# touch_object.sh OBJECT COMPILER [ARGUMENT]...
# Runs a compiler that writes no object, as with -fsyntax-only, and leaves an empty one, by which the build knows that this
# is done.
object=$1
shift
"$@" && touch "$object"
