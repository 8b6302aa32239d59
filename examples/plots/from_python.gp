# Density and draws of a flow: run by examples/from_python in its output folder.
set datafile separator ','
set terminal pngcairo size 1000,500 font 'sans,14'
set output 'from_python.png'
set palette defined (0 '#440154', 1 '#3e4989', 2 '#26828e', 3 '#35b779', 4 '#fde725')
set size ratio -1
set xrange [-2.5:2.5]
set yrange [-2.5:2.5]
unset key
unset colorbox
set multiplot layout 1,2
set title 'density of a flow that zuko trained'
plot 'density.csv' skip 1 with image
set title 'draws'
plot 'draws.csv' skip 1 with points pointtype 7 pointsize 0.3 linecolor '#3e4989'
unset multiplot
