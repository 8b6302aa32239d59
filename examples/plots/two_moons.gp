# The steps of examples/two_moons, and the picture of README.md: run in its output folder.
set datafile separator ','
set border lw 1.2 lc rgb '#404040'
set tics out nomirror
set format '%g'
set title font ',17'
set key off
set palette defined (0 '#440154', 1 '#482878', 2 '#3e4989', 3 '#31688e', 4 '#26828e', \
                     5 '#1f9e89', 6 '#35b779', 7 '#6ece58', 8 '#b5de2b', 9 '#fde725')  # viridis
set cbrange [0:*]
set autoscale cbfix
blue = '#9031688e'
purple = '#90440154'

# Windows on the plane: for the normal densities, for the flow, and close to the moons.
wide = 4.5
middle = 2.5
set size ratio -1
set xlabel 'x_1'
set ylabel 'x_2' rotate by 0
set cblabel 'density' offset 1

set terminal pngcairo size 900,880 font 'sans,15' background rgb 'white'
set output 'base_samples.png'
set xrange [-wide:wide]
set yrange [-wide:wide]
set title 'Samples of the base, a standard normal'
plot 'base_samples.csv' skip 1 using 1:2 with points pt 7 ps 0.3 lc rgb blue

set terminal pngcairo size 1500,720 font 'sans,15' background rgb 'white'
set output 'affine.png'
set multiplot layout 1,2 margins 0.07,0.91,0.11,0.92 spacing 0.08
set title 'Samples of (1, 0.5) z + (0.5, 0.25)'
plot 'affine_samples.csv' skip 1 using 1:2 with points pt 7 ps 0.3 lc rgb blue
set title 'Density of (1, 0.5) z + (0.5, 0.25)'
plot 'affine_density.csv' skip 1 using 1:2:3 with image
unset multiplot

set xrange [-middle:middle]
set yrange [-middle:middle]
set terminal pngcairo size 900,780 font 'sans,15' background rgb 'white'
do for [flow in "untrained trained"] {
  set output flow.'_density.png'
  set title 'Density of the '.flow.' flow'
  plot flow.'_density.csv' skip 1 using 1:2:3 with image
}

set xrange [-1.5:2.5]
set yrange [-1.25:1.75]
set xtics 1
set ytics 1
set terminal pngcairo size 1500,620 font 'sans,15' background rgb 'white'
set output 'samples.png'
set multiplot layout 1,2 margins 0.07,0.985,0.13,0.91 spacing 0.08
set title 'Data'
plot 'data.csv' skip 1 using 1:2 with points pt 7 ps 0.3 lc rgb blue
set title 'Samples of the trained flow'
plot 'flow_samples.csv' skip 1 using 1:2 with points pt 7 ps 0.3 lc rgb purple
unset multiplot

unset xlabel
unset ylabel
unset colorbox
set terminal pngcairo size 1500,445 font 'sans,15' background rgb 'white'
set output 'two_moons.png'
set multiplot layout 1,3 margins 0.035,0.985,0.11,0.885 spacing 0.035
set title 'Data'
plot 'data.csv' skip 1 using 1:2 with points pt 7 ps 0.3 lc rgb blue
set title 'Density of the trained flow'
plot 'trained_density.csv' skip 1 using 1:2:3 with image
set title 'Samples of the trained flow'
plot 'flow_samples.csv' skip 1 using 1:2 with points pt 7 ps 0.3 lc rgb purple
unset multiplot

set size noratio
set xtics autofreq
set ytics autofreq
set terminal pngcairo size 900,600 font 'sans,15' background rgb 'white'
set output 'loss.png'
set title 'Negative log-likelihood'
set xrange [0:*]
set yrange [*:*]
set xlabel 'epoch'
set ylabel 'nats per point' rotate by 90
set key top right
set grid ytics lt 1 lw 1 lc rgb '#e0e0e0'
plot 'loss.csv' skip 1 using 1:2 with linespoints pt 7 ps 0.4 lw 2 lc rgb '#31688e' title 'training', \
     '' skip 1 using 1:3 with linespoints pt 7 ps 0.4 lw 2 lc rgb '#d1495b' title 'held out', \
     '' skip 1 using 1:4 with lines lw 2 dt 2 lc rgb '#404040' title 'entropy of the data'
