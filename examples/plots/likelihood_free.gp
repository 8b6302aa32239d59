# Draws of posteriors: run by examples/likelihood_free.cpp in its output folder.
set datafile separator ','
set terminal pngcairo size 1350,900 font 'sans,13'
set output 'likelihood_free.png'
set multiplot layout 2,3 margins 0.06,0.985,0.08,0.95 spacing 0.075,0.14
set border lw 1.2 lc rgb '#404040'
set tics out nomirror
set key off
set xrange [-1:1]
set yrange [-1:1]
set xtics 0.5
set ytics 0.5
set xlabel 'theta_1'
set ylabel 'theta_2' rotate by 90
methods = "exact NLE NPE"
do for [i=1:3] {
  set title word(methods, i).', observation 1'
  plot word(methods, i).'_1.csv' skip 1 using 1:2 with points pt 7 ps 0.35 lc rgb '#9031688e'
}
do for [i=1:3] {
  set title word(methods, i).', observation 5'
  plot word(methods, i).'_5.csv' skip 1 using 1:2 with points pt 7 ps 0.35 lc rgb '#9031688e'
}
unset multiplot
