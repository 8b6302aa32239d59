# Data above, densities of the trained flows below: run by examples/toys.cpp in its output folder.
set datafile separator ','
set terminal pngcairo size 1500,560 font 'sans,14'
set output 'toys.png'
set palette defined (0 '#440154', 1 '#3e4989', 2 '#26828e', 3 '#35b779', 4 '#fde725')
unset key
unset tics
unset colorbox
set size ratio -1
set cbrange [0:*]
names = "two_moons circles eight_Gaussians checkerboard pinwheel spirals"
titles = "'two moons' circles 'eight Gaussians' checkerboard pinwheel spirals"
extents = "2.5 1.4 4.5 4.5 4.5 4"
set multiplot layout 2,6 margins 0.01,0.99,0.01,0.93 spacing 0.01,0.02
do for [row=1:2] {
  do for [i=1:6] {
    extent = real(word(extents, i))
    set xrange [-extent:extent]
    set yrange [-extent:extent]
    set title (row == 1 ? word(titles, i) : '')
    if (row == 1) {
      plot word(names, i).'_data.csv' skip 1 with points pt 7 ps 0.15 lc rgb '#9031688e'
    } else {
      plot word(names, i).'_density.csv' skip 1 with image
    }
  }
}
unset multiplot
