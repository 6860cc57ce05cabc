import { deleteSource, sourcesQuery } from '@/api/sources';
import type { Source } from '@/api/types';
import { EntityList, type ListPage } from '@/components/entity-list';
import { NameCell } from '@/components/name-cell';
import { formatCount } from '@/lib/format';
import { useSuspenseQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { Radio } from 'lucide-react';

const COLUMNS: ColumnDef<Source>[] = [
  {
    id: 'name',
    header: 'Traffic source',
    cell: ({ row }) => <NameCell name={row.original.name} />,
    meta: { sort: 'name' },
  },
  {
    id: 'parameters',
    header: 'Parameters',
    cell: ({ row }) => formatCount(row.original.parameters.length),
    meta: { align: 'right', title: 'Link parameters that are mapped', sort: 'parameters' },
  },
];

export function SourcesList(list: ListPage) {
  const { data: rows } = useSuspenseQuery(sourcesQuery);
  return (
    <EntityList
      {...list}
      page="sources"
      dimension="source"
      kind="traffic source"
      label="Traffic sources"
      rows={rows}
      columns={COLUMNS}
      sortValue={(row, key) => (key === 'parameters' ? row.parameters.length : row.name)}
      icon={<Radio />}
      about="A traffic source says which link parameters carry the click id, the cost and the sub ids of the place where you buy traffic. Campaign links then come ready with its tokens."
      remove={deleteSource}
      lost="Its past clicks stay in reports."
    />
  );
}
