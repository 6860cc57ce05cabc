import { useSession } from '@/api/session';
import type { User } from '@/api/types';
import { createUser, deleteUser, replaceUser } from '@/api/users';
import { DeleteDialog } from '@/components/delete-dialog';
import { SelectField, TextField } from '@/components/form/fields';
import { SideForm } from '@/components/form/side-form';
import { useApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ROLE_OPTIONS } from './users-list';

interface UserValues {
  email: string;
  name: string;
  password: string;
  state: User['state'];
  role: User['role'];
}

export function UserForm({ user, onClose }: { user: User | null; onClose: () => void }) {
  const client = useQueryClient();
  const { user: me } = useSession();
  const [deleting, setDeleting] = useState(false);
  const form = useApiForm<UserValues>({
    defaultValues: {
      email: user?.email ?? '',
      name: user?.name ?? '',
      password: '',
      state: user?.state ?? 'active',
      role: user?.role ?? 'editor',
    },
  });
  const self = user !== null && user.id === me?.id;
  const refresh = () => client.invalidateQueries({ queryKey: ['users'] });
  const save = form.submit(async values => {
    const input = {
      email: values.email.trim(),
      name: values.name.trim(),
      state: values.state,
      role: values.role,
      ...(values.password ? { password: values.password } : {}),
      ...(user ? { version: user.version } : {}),
    };
    const saved = user ? await replaceUser(user.id, input) : await createUser(input);
    await refresh();
    toast.success(`Saved “${saved.name || saved.email}”`);
    onClose();
  });
  return (
    <>
      <SideForm
        title={user ? user.name || user.email : 'New user'}
        description="A person who may log in to this workspace"
        onSubmit={save}
        onClose={onClose}
        saving={form.formState.isSubmitting}
        problem={form.problem}
        dirty={form.formState.isDirty}
        submitLabel={user ? 'Save' : 'Add user'}
        width="md"
        extra={
          user &&
          !self && (
            <Button variant="danger" onClick={() => setDeleting(true)}>
              <Trash2 className="size-3.5" /> Remove…
            </Button>
          )
        }
      >
        {user?.shared && (
          <Banner tone="info">
            This person also belongs to other workspaces, so only the role can be changed here.
          </Banner>
        )}
        <TextField
          form={form}
          name="email"
          label="E-mail"
          type="email"
          required="Enter an address."
          autoComplete="off"
          disabled={user?.shared ?? false}
        />
        <TextField form={form} name="name" label="Name" optional autoComplete="off" disabled={user?.shared ?? false} />
        <SelectField form={form} name="role" label="Role" options={ROLE_OPTIONS} />
        <TextField
          form={form}
          name="password"
          label={user ? 'New password' : 'Password'}
          type="password"
          optional={user !== null}
          autoComplete="new-password"
          disabled={user?.shared ?? false}
          hint={
            user
              ? 'Setting one ends the person’s sessions.'
              : 'At least ten characters. Leave it empty for somebody who already has an account here.'
          }
        />
        {user && (
          <SelectField
            form={form}
            name="state"
            label="State"
            options={[
              { value: 'active', label: 'Active – may log in' },
              { value: 'disabled', label: 'Disabled – may not log in' },
            ]}
          />
        )}
      </SideForm>
      {deleting && user && (
        <DeleteDialog
          kind="user"
          name={user.name || user.email}
          onDelete={() => deleteUser(user.id)}
          onDone={() => {
            void refresh();
            onClose();
          }}
          onClose={() => setDeleting(false)}
        >
          The person can no longer open this workspace. What they made stays.
        </DeleteDialog>
      )}
    </>
  );
}
