# Digits, samples at three temperatures and given the digit, ways between digits: run by examples/glow_digits.cpp in its
# output folder.
set datafile separator ','
set terminal pngcairo size 1250,640 font 'sans,13' background rgb 'white'
set output 'glow_digits.png'
set palette defined (0 'white', 16 '#1f2d3d')
set cbrange [0:16]
unset colorbox
unset key
unset tics
unset border
set size ratio -1
set xrange [-1:108]
set yrange [-26:1]
names = "data samples50 samples70 samples100 between by_digit"
titles = "'test images' 'samples at temperature 0.5' 'samples at temperature 0.7' 'samples at temperature 1' 'between two test images' 'given the digit, at temperature 0.7'"
set multiplot layout 3,2
do for [i=1:6] {
  set title word(titles, i)
  plot word(names, i).'.csv' skip 1 using 1:2:3 with image pixels
}
unset multiplot
