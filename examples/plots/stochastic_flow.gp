# Draws above, free energies below: run by examples/stochastic_flow.cpp in its output folder.
set datafile separator ','
set terminal pngcairo size 1500,900 font 'sans,13'
set output 'stochastic_flow.png'
set multiplot layout 2,3 margins 0.06,0.985,0.09,0.95 spacing 0.075,0.13
set border lw 1.2 lc rgb '#404040'
set tics out nomirror
set key off
set xrange [-2.5:2.5]
set yrange [-4:4]
set xlabel 'x_1'
set ylabel 'x_2' rotate by 0
names = "flow chain both"
titles = "'couplings' 'Metropolis' 'couplings and Metropolis'"
do for [i=1:3] {
  set title word(titles, i)
  plot word(names, i).'_points.csv' skip 1 using 1:2 with points pt 7 ps 0.35 lc rgb '#9031688e'
}
set yrange [0:16]
set ylabel 'free energy / kT' rotate by 90
set key top center
unset title
do for [i=1:3] {
  f = word(names, i).'_energy.csv'
  plot f skip 1 using 1:2 with lines lw 3 lc rgb '#404040' title 'exact', \
       f skip 1 using 1:3 with points pt 7 ps 0.9 lc rgb '#31688e' title 'draws', \
       f skip 1 using 1:4 with points pt 6 ps 1.2 lw 2 lc rgb '#d1495b' title 'weighted draws'
}
unset multiplot
