# The exact density and those of two flows, side by side: run by examples/conditional_density.cpp in its output folder.
set datafile separator ','
set terminal pngcairo size 1500,480 font 'sans,14'
set output 'conditional_density.png'
set palette defined (0 '#440154', 1 '#3e4989', 2 '#26828e', 3 '#35b779', 4 '#fde725')
set cbrange [0:8]
unset key
unset colorbox
set xrange [-0.05:1.05]
set yrange [-0.05:1.05]
set xlabel 'x'
set ylabel 'y' rotate by 0
names = "exact spline_flow mixture"
titles = "'exact p(y | x)' 'neural spline flow' 'mixture density network'"
set multiplot layout 1,3
do for [i=1:3] {
  set title word(titles, i)
  plot word(names, i).'.csv' skip 1 with image
}
unset multiplot
