# Neal's funnel and its training above, two modes below: run by examples/variational_inference.cpp in its output folder.
set datafile separator ','
set terminal pngcairo size 1500,900 font 'sans,13'
set output 'variational_inference.png'
set palette defined (0 '#440154', 1 '#3e4989', 2 '#26828e', 3 '#35b779', 4 '#fde725')
set multiplot
set border lw 1.2 lc rgb '#404040'
set tics out nomirror
unset colorbox
set key off
set tmargin at screen 0.95
set bmargin at screen 0.6
set xrange [-9:9]
set yrange [-9:9]
set logscale cb
set cbrange [1e-5:0.5]
set ylabel 'v' rotate by 0
set xlabel 'x_1'
shown(p) = p > 1e-5 ? p : 1e-5
set lmargin at screen 0.05
set rmargin at screen 0.32
set title 'funnel, exact p(x_1, v), logarithmic colours'
plot 'funnel.csv' skip 1 using 2:1:(shown($3)) with image
set lmargin at screen 0.38
set rmargin at screen 0.65
set title 'flow'
plot 'funnel_path.csv' skip 1 using 2:1:(shown($3)) with image
set lmargin at screen 0.71
set rmargin at screen 0.98
set title 'KL(q || p) while training'
set key top right
set autoscale xfix
set xrange [0:*]
set yrange [1e-3:10]
set logscale y
set format y '10^{%T}'
unset ylabel
set xlabel 'steps'
plot 'whole.csv' skip 1 using 1:2 with lines lw 2 lc rgb '#31688e' title 'whole gradient', \
     'path.csv' skip 1 using 1:2 with lines lw 2 lc rgb '#d1495b' title 'path gradient'
unset logscale
set format y '%g'
set key off
set tmargin at screen 0.46
set bmargin at screen 0.085
set xrange [-5:8]
set yrange [-5:7]
set cbrange [0:*]
set xlabel 'x_1'
set ylabel 'x_2' rotate by 0
names = "modes reverse_kl annealed chains"
titles = "'two modes, exact' 'reverse KL' 'reverse KL, annealed' 'likelihood on chains'"
do for [i=1:4] {
  set lmargin at screen 0.05 + 0.2433 * (i - 1)
  set rmargin at screen 0.05 + 0.2433 * (i - 1) + 0.2
  set title word(titles, i)
  plot word(names, i).'.csv' skip 1 using 1:2:3 with image
  unset ylabel
}
unset multiplot
