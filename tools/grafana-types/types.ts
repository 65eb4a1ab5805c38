// What the dashboards are made of, part by part, so that a mistake is told with its panel. tools/grafana_types.sh makes
// tests/data/grafana_types.json of it. Panels that we do not use are left out; a kind of panel that comes is added here.
import type { AnnotationQuery, Dashboard, DataQuery, Panel, RowPanel } from '@grafana/schema';
import type * as BarGauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as Stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as Table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as TimeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

export interface Types {
  dashboard: Omit<Dashboard, 'annotations' | 'panels'>;
  annotation: Omit<AnnotationQuery, 'target'>;
  row: Omit<RowPanel, 'panels'>;
  panel: Panel;
  target: DataQuery;
  options: {
    bargauge: Partial<BarGauge.Options>;
    stat: Partial<Stat.Options>;
    table: Partial<Table.Options>;
    timeseries: Partial<TimeSeries.Options>;
  };
  custom: { table: Partial<Table.FieldConfig>; timeseries: Partial<TimeSeries.FieldConfig> };
}
