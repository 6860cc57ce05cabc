import type { Campaign, Via, Vocabulary } from '@/api/types';
import { Problems } from '@/components/form/problems';
import { MacroPicker } from '@/components/macro-hint';
import { Combobox } from '@/components/ui/combobox';
import { Field } from '@/components/ui/field';
import { Select, Textarea } from '@/components/ui/input';
import type { ActionDraft } from './stream-ops';
import { UrlField } from './url-field';

const ACTIONS: { value: ActionDraft['type']; label: string }[] = [
  { value: 'redirect', label: 'Send to a destination' },
  { value: 'url', label: 'Send to a fixed URL' },
  { value: 'campaign', label: 'Hand over to another campaign' },
  { value: 'show_html', label: 'Show a page (HTML)' },
  { value: 'show_text', label: 'Show a text' },
  { value: 'nothing', label: 'Nothing – answer 204' },
  { value: 'not_found', label: 'Answer “404 not found”' },
];

const HINTS: Partial<Record<ActionDraft['type'], string>> = {
  campaign:
    'Its streams decide. The click, its cost and its reports stay with this campaign. A loop ends in trafficback.',
  nothing: 'The click is kept and the visitor stays where it is: for pixels and tests.',
  not_found: 'The click is kept and the visitor goes nowhere.',
};

const VIAS: { value: Via; label: string; hint: string }[] = [
  { value: 'http', label: 'HTTP redirect', hint: 'The Location header: the fastest way.' },
  { value: 'meta', label: 'Meta refresh', hint: 'A page that sends the visitor on.' },
  {
    value: 'double_meta',
    label: 'Double meta refresh',
    hint: 'Two pages: the target sees the tracker or nothing as referrer.',
  },
  { value: 'js', label: 'JavaScript', hint: 'A page whose script replaces the location.' },
  { value: 'form', label: 'Form post', hint: 'Posts the target’s query as a form to it.' },
  { value: 'iframe', label: 'Frame', hint: 'Shows the target in a frame over the whole window; it must allow that.' },
];

const STATUSES = [
  { value: '302', label: '302 Found (usual)' },
  { value: '301', label: '301 Moved permanently' },
  { value: '303', label: '303 See other' },
  { value: '307', label: '307 Temporary' },
  { value: '308', label: '308 Permanent' },
];

interface ActionEditorProps {
  action: ActionDraft;
  onChange: (action: ActionDraft) => void;
  campaigns: readonly Campaign[];
  /** The campaign that is edited: it cannot hand over to itself. */
  campaignId: string;
  vocabulary: Vocabulary;
  path: string;
}

/** What the stream does with a click, and by what means. */
export function ActionEditor({ action, onChange, campaigns, campaignId, vocabulary, path }: ActionEditorProps) {
  const set = (patch: Partial<ActionDraft>) => onChange({ ...action, ...patch });
  const sends = action.type === 'redirect' || action.type === 'url';
  const shows = action.type === 'show_html' || action.type === 'show_text';
  const via = VIAS.find(item => item.value === action.via);
  return (
    <div className="grid grid-cols-1 gap-2.5">
      <div className="grid items-start gap-3 sm:grid-cols-3">
        <Select aria-label="Action" value={action.type} options={ACTIONS} onChange={type => set({ type })} />
        {sends && (
          <Select aria-label="By what means" value={action.via} options={VIAS} onChange={next => set({ via: next })} />
        )}
        {sends && action.via === 'http' && (
          <Select
            aria-label="Redirect status"
            value={String(action.status)}
            options={STATUSES}
            onChange={status => set({ status: Number(status) })}
          />
        )}
      </div>
      {(HINTS[action.type] ?? (sends && action.via !== 'http')) && (
        <p className="text-ink-faint text-xs">{HINTS[action.type] ?? via?.hint}</p>
      )}
      {action.type === 'url' && (
        <UrlField
          label="URL"
          value={action.url}
          macros={vocabulary.macros}
          onChange={url => set({ url })}
          path={`${path}.url`}
        />
      )}
      {action.type === 'campaign' && (
        <Field label="Campaign" className="sm:max-w-md">
          {control => (
            <>
              <Combobox
                label="Campaign"
                control={control}
                placeholder="Choose a campaign…"
                options={campaigns
                  .filter(item => item.id !== campaignId)
                  .map(item => ({
                    value: item.id,
                    label: item.name,
                    hint: item.state === 'active' ? item.slug : item.state,
                    keywords: item.slug,
                  }))}
                value={action.campaign_id}
                onChange={campaign_id => set({ campaign_id })}
              />
              <Problems path={`${path}.campaign_id`} />
            </>
          )}
        </Field>
      )}
      {shows && (
        <Field
          label={action.type === 'show_html' ? 'Page' : 'Text'}
          hint={
            action.type === 'show_html'
              ? 'Macros are escaped for HTML, so that no visitor can put a script in.'
              : 'Answered as plain text.'
          }
          aside={<MacroPicker macros={vocabulary.macros} onInsert={macro => set({ body: action.body + macro })} />}
        >
          {control => (
            <>
              <Textarea
                {...control}
                mono
                rows={6}
                spellCheck={false}
                value={action.body}
                onChange={event => set({ body: event.target.value })}
              />
              <Problems path={`${path}.body`} />
            </>
          )}
        </Field>
      )}
      <Problems path={path} />
    </div>
  );
}
