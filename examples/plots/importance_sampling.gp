# Variances while learning, and projections: run by examples/importance_sampling.cpp in its output folder.
set datafile separator ','
set terminal pngcairo size 1500,680 font 'sans,13'
set output 'importance_sampling.png'
set palette defined (0 '#440154', 1 '#3e4989', 2 '#26828e', 3 '#35b779', 4 '#fde725')
stats 'exact2.csv' skip 1 using 3 name 'second' nooutput
stats 'exact3.csv' skip 1 using 3 name 'third' nooutput
set multiplot
set border lw 1.2 lc rgb '#404040'
set tics out nomirror
unset colorbox
set tmargin at screen 0.93
set bmargin at screen 0.12
set lmargin at screen 0.05
set rmargin at screen 0.38
set logscale xy
set autoscale xfix
set xrange [1e3:*]
set format '10^{%T}'
set xlabel 'calls of the integrand while learning'
set title 'relative variance of one evaluation'
set key bottom left
plot 'plain.csv' skip 1 using 1:2 with lines lw 2.5 lc rgb '#404040' title 'plain Monte Carlo', \
     'grid.csv' skip 1 using 1:2 with linespoints lw 2.5 pt 7 ps 0.9 lc rgb '#31688e' title 'grid of VEGAS', \
     'flow.csv' skip 1 using 1:2 with linespoints lw 2.5 pt 7 ps 0.9 lc rgb '#d1495b' title 'flow'
unset logscale
set format '%g'
set key off
set xrange [0:1]
set yrange [0:1]
set xtics 0.5
set ytics 0.5
names = "exact grid flow"
titles = "'exact' 'grid of VEGAS' 'flow'"
do for [other=2:3] {
  set tmargin at screen (other == 2 ? 0.93 : 0.48)
  set bmargin at screen (other == 2 ? 0.57 : 0.12)
  set xlabel (other == 2 ? '' : 'x_1')
  set format x (other == 2 ? '' : '%g')
  set cbrange [0:(other == 2 ? second_max : third_max)]
  do for [i=1:3] {
    set lmargin at screen 0.46 + 0.185 * (i - 1)
    set rmargin at screen 0.46 + 0.185 * (i - 1) + 0.165
    set title (other == 2 ? word(titles, i) : '')
    set ylabel (i == 1 ? sprintf('x_%d', other) : '') rotate by 0
    set format y (i == 1 ? '%g' : '')
    plot word(names, i).sprintf('%d.csv', other) skip 1 using 1:2:3 with image
  }
}
unset multiplot
