# Data and samples of a flow, and the course of its training: run by examples/density_estimation in its output folder.
set datafile separator ','
set border lw 1.2 lc rgb '#404040'
set tics out nomirror
set format '%g'

set terminal pngcairo noenhanced size 900,600 font 'sans,15' background rgb 'white'
set output 'loss.png'
set xlabel 'epoch'
set ylabel 'loss, nats per row'
set key top right
set grid ytics lt 1 lw 1 lc rgb '#e0e0e0'
plot 'loss.csv' skip 1 using 1:2 with lines lw 2 lc rgb '#31688e' title 'training', \
     '' skip 1 using 1:3 with lines lw 2 lc rgb '#d1495b' title 'validation', \
     '' skip 1 using (column(4) == 1 ? column(1) : NaN):3 with points pt 7 ps 1.4 lc rgb '#d1495b' title 'kept'
unset grid
unset key

# The corner: histograms on the diagonal, points below it. A row of corner_axes.csv has the range of a column of the
# table and the distance of its tics, a line of corner_names.txt its name.
stats 'corner_axes.csv' skip 1 using 1 nooutput
count = int(STATS_records)
array low[count]
array high[count]
array step[count]
stats 'corner_axes.csv' skip 1 using (low[int($0) + 1] = $1, high[int($0) + 1] = $2, step[int($0) + 1] = $3, 0) nooutput
name(i) = system(sprintf("sed -n %dp corner_names.txt", i))

panel = count <= 3 ? 300 : count <= 6 ? 220 : 150  # pixels
left = 90
bottom = 70
top = 45
right = 25
gap = 14
width = left + count * panel + (count - 1) * gap + right
height = bottom + count * panel + (count - 1) * gap + top
set terminal pngcairo noenhanced size width,height font (count <= 6 ? 'sans,12' : 'sans,9') background rgb 'white'
set output 'corner.png'
set multiplot
set label 1 'data' at screen 1 - 150.0 / width, 1 - 25.0 / height tc rgb '#31688e' font ',15'
set label 2 'samples' at screen 1 - 95.0 / width, 1 - 25.0 / height tc rgb '#d1495b' font ',15'
do for [row=1:count] {
  do for [column=1:row] {
    x = left + (column - 1) * (panel + gap)
    y = bottom + (count - row) * (panel + gap)
    set lmargin at screen real(x) / width
    set rmargin at screen real(x + panel) / width
    set bmargin at screen real(y) / height
    set tmargin at screen real(y + panel) / height
    set xrange [low[column]:high[column]]
    set xtics step[column]
    set format x (row == count ? '%.4g' : '')
    set xlabel (row == count ? name(column) : '')
    if (row == column) {
      set yrange [0:*]
      set offsets 0,0,graph 0.08,0
      unset ytics
      unset ylabel
      plot 'corner_data.csv' skip 1 using row bins=40 binrange [low[row]:high[row]] \
             with boxes fs solid 0.35 noborder lc rgb '#31688e', \
           'corner_samples.csv' skip 1 using row bins=40 binrange [low[row]:high[row]] \
             with histeps lw 2 lc rgb '#d1495b'
    } else {
      unset offsets
      set yrange [low[row]:high[row]]
      set ytics step[row]
      set format y (column == 1 ? '%.4g' : '')
      set ylabel (column == 1 ? name(row) : '')
      plot 'corner_data.csv' skip 1 using column:row with points pt 7 ps 0.25 lc rgb '#a031688e', \
           'corner_samples.csv' skip 1 using column:row with points pt 7 ps 0.25 lc rgb '#a0d1495b'
    }
    unset label
  }
}
unset multiplot
