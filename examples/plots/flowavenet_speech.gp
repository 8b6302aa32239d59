# A clip of the test and draws at two temperatures, waves and spectrograms: run by examples/flowavenet_speech.cpp in its
# output folder.
set datafile separator ','
set terminal pngcairo size 1100,560 font 'sans,13' background rgb 'white'
set output 'flowavenet_speech.png'
set palette defined (0 'white', 0.5 '#7a9cc6', 1 '#1f2d3d')
set cbrange [-90:-20]
unset colorbox
unset key
names = "test_clip sample80 sample100"
titles = "'a test clip' 'a draw at temperature 0.8' 'a draw at temperature 1'"
set tics out nomirror
set multiplot layout 2,3
do for [i=1:3] {
  set title word(titles, i)
  set xrange [0:1.25]
  set yrange [-0.6:0.6]
  set xlabel ''
  set ylabel i == 1 ? 'pressure' : ''
  plot word(names, i).'_wave.csv' skip 1 using 1:2 with lines lc rgb '#1f2d3d' lw 0.5
}
do for [i=1:3] {
  set title ''
  set yrange [0:4]
  set xlabel 'time in s'
  set ylabel i == 1 ? 'frequency in kHz' : ''
  plot word(names, i).'_spectrogram.csv' skip 1 using 1:2:3 with image
}
unset multiplot
