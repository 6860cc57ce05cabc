import { changePassword, sessionQuery, signOutEverywhere, useSession } from '@/api/session';
import { messageOf } from '@/api/errors';
import { TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { toast } from '@/components/ui/toast';
import { Segmented } from '@/components/ui/toggle';
import { setTheme, useTheme } from '@/lib/theme';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

export function ProfileView() {
  const { user } = useSession();
  const theme = useTheme();
  const client = useQueryClient();
  const navigate = useNavigate();
  const endSessions = async () => {
    try {
      await signOutEverywhere();
      client.clear();
      await navigate({ to: '/login' });
    } catch (error) {
      toast.error('Not signed out', messageOf(error));
    }
  };
  return (
    <div className="grid gap-4">
      <Card title="Account">
        <dl className="grid grid-cols-[6rem_1fr] gap-y-1.5 text-sm">
          <dt className="text-ink-faint">Name</dt>
          <dd>{user?.name || '—'}</dd>
          <dt className="text-ink-faint">E-mail</dt>
          <dd>{user?.email}</dd>
        </dl>
      </Card>
      <Card title="Appearance">
        <Segmented
          label="Theme"
          value={theme}
          onChange={setTheme}
          options={[
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
            { value: 'system', label: 'Like the system' },
          ]}
        />
      </Card>
      <PasswordForm onChanged={() => void client.invalidateQueries({ queryKey: sessionQuery.queryKey })} />
      <Card title="Sessions">
        <p className="text-ink-faint mb-3 text-sm">Ends every session of your account on every device, this one too.</p>
        <Button variant="danger" onClick={() => void endSessions()}>
          Sign out everywhere
        </Button>
      </Card>
    </div>
  );
}

function PasswordForm({ onChanged }: { onChanged: () => void }) {
  const form = useApiForm({ defaultValues: { current_password: '', new_password: '' } });
  const save = form.submit(async values => {
    await changePassword(values.current_password, values.new_password);
    form.reset();
    onChanged();
    toast.success('The password was changed');
  });
  return (
    <Card title="Password">
      <form noValidate onSubmit={event => void save(event)} className="grid max-w-sm gap-3">
        {form.problem && <Banner tone="error">{form.problem}</Banner>}
        <TextField
          form={form}
          name="current_password"
          label="Current password"
          type="password"
          required="Enter the password up to now."
          autoComplete="current-password"
        />
        <TextField
          form={form}
          name="new_password"
          label="New password"
          type="password"
          required="Enter a new password."
          hint="At least ten characters."
          autoComplete="new-password"
        />
        <div>
          <Button type="submit" variant="primary" loading={form.formState.isSubmitting}>
            Change password
          </Button>
        </div>
      </form>
    </Card>
  );
}
